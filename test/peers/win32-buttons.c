/*
 * The demonstration with three buttons, each of which is a line of input:
 *
 *   create TEXT    create mapping of data: 4 KiB under the name, zeroed, with the text; the view is unmapped, the handle
 *                  is kept. Refused ("exists") where the name exists.
 *   open           open mapping and get data: the first 256 characters
 *   close          close mapping
 *
 *   win32-buttons NAME
 */
#include "win32-text.h"

#define MAPPING_BYTES 4096
#define SHOWN_CHARACTERS 256

static HANDLE kept = NULL;

static void create_mapping(const TCHAR *name, const TCHAR *text) {
  HANDLE mapping = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, MAPPING_BYTES, name);
  if (mapping != NULL && GetLastError() == ERROR_ALREADY_EXISTS) {
    CloseHandle(mapping);
    say("exists");
    return;
  }
  void *view = mapping == NULL ? NULL : MapViewOfFile(mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0);
  if (view == NULL) {
    failed();
    fflush(stdout);
    return;
  }
  ZeroMemory(view, MAPPING_BYTES);
  lstrcpy(view, text);
  UnmapViewOfFile(view);
  kept = mapping;
  say("created");
}

static void open_mapping(const TCHAR *name) {
  HANDLE mapping = OpenFileMapping(FILE_MAP_READ, FALSE, name);
  const TCHAR *view = mapping == NULL ? NULL : MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  if (view == NULL) {
    failed();
    fflush(stdout);
    return;
  }
  TCHAR text[SHOWN_CHARACTERS + 1];
  lstrcpyn(text, view, SHOWN_CHARACTERS + 1);
  UnmapViewOfFile(view);
  CloseHandle(mapping);
  say_text(text);
}

int _tmain(int argc, TCHAR **argv) {
  static TCHAR line[4096];
  if (argc != 2) return -1;
  begin();
  while (hear_text(line, 4096)) {
    if (_tcsncmp(line, TEXT("create "), 7) == 0) create_mapping(argv[1], line + 7);
    else if (lstrcmp(line, TEXT("open")) == 0) open_mapping(argv[1]);
    else if (lstrcmp(line, TEXT("close")) == 0) {
      CloseHandle(kept);
      kept = NULL;
      say("closed");
    }
  }
  return 0;
}
