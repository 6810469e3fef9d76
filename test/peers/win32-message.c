/*
 * Two processes and a message: the first creates a mapping that the page file backs, copies a text into it and waits for
 * a key; the second opens it by name and shows the text.
 *
 *   win32-message create NAME TEXT
 *   win32-message open NAME          the exit code is the last error where there is no such mapping
 */
#include "win32-text.h"

#define BUFFER_BYTES 256

static int create(const TCHAR *name, const TCHAR *text) {
  HANDLE mapping = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, BUFFER_BYTES, name);
  if (mapping == NULL) return failed();
  void *view = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, BUFFER_BYTES);
  if (view == NULL) return failed();
  CopyMemory(view, text, (lstrlen(text) + 1) * sizeof(TCHAR));
  say("ready");
  getchar();
  UnmapViewOfFile(view);
  CloseHandle(mapping);
  return 0;
}

static int open_and_show(const TCHAR *name) {
  HANDLE mapping = OpenFileMapping(FILE_MAP_ALL_ACCESS, FALSE, name);
  if (mapping == NULL) return failed();
  const TCHAR *view = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, BUFFER_BYTES);
  if (view == NULL) return failed();
  say_text(view);
  UnmapViewOfFile(view);
  CloseHandle(mapping);
  return 0;
}

int _tmain(int argc, TCHAR **argv) {
  begin();
  if (argc == 4 && lstrcmp(argv[1], TEXT("create")) == 0) return create(argv[2], argv[3]);
  if (argc == 3 && lstrcmp(argv[1], TEXT("open")) == 0) return open_and_show(argv[2]);
  return -1;
}
