/*
 * A server hands the lines of its input to a client, one at a time, through a mapping of 4,096 bytes. Two events with
 * automatic reset take turns: "there is a line" and "it was taken".
 *
 *   offset 0   4 bytes   characters in the line; 0xffffffff: there are no more
 *   offset 4             the line, without a NUL
 *
 *   win32-lines server NAME      creates NAME, NAME-there and NAME-taken, and says "ready"
 *   win32-lines client NAME      opens them, and prints the lines
 */
#include "win32-text.h"

#define MAPPING_BYTES 4096
#define NO_MORE 0xffffffffu

struct shared {
  volatile DWORD length;
  TCHAR text[(MAPPING_BYTES - sizeof(DWORD)) / sizeof(TCHAR)];
};

static TCHAR line[MAPPING_BYTES];

static int serve(struct shared *shared, HANDLE there, HANDLE taken) {
  say("ready");
  while (hear_text(line, MAPPING_BYTES)) {
    int length = lstrlen(line);
    CopyMemory(shared->text, line, length * sizeof(TCHAR));
    shared->length = length;
    SetEvent(there);
    if (WaitForSingleObject(taken, INFINITE) != WAIT_OBJECT_0) return failed();
  }
  shared->length = NO_MORE;
  SetEvent(there);
  if (WaitForSingleObject(taken, INFINITE) != WAIT_OBJECT_0) return failed();
  return 0;
}

static int take(struct shared *shared, HANDLE there, HANDLE taken) {
  for (;;) {
    if (WaitForSingleObject(there, INFINITE) != WAIT_OBJECT_0) return failed();
    DWORD length = shared->length;
    if (length == NO_MORE) break;
    CopyMemory(line, shared->text, length * sizeof(TCHAR));
    line[length] = 0;
    SetEvent(taken);
    say_text(line);
  }
  SetEvent(taken);
  return 0;
}

int _tmain(int argc, TCHAR **argv) {
  if (argc != 3) return -1;
  begin();
  TCHAR there_name[300], taken_name[300];
  lstrcpy(there_name, argv[2]);
  lstrcat(there_name, TEXT("-there"));
  lstrcpy(taken_name, argv[2]);
  lstrcat(taken_name, TEXT("-taken"));
  int server = lstrcmp(argv[1], TEXT("server")) == 0;
  HANDLE mapping = server ? CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, MAPPING_BYTES, argv[2])
                          : OpenFileMapping(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, argv[2]);
  if (mapping == NULL) return failed();
  HANDLE there = server ? CreateEvent(NULL, FALSE, FALSE, there_name) : OpenEvent(EVENT_ALL_ACCESS, FALSE, there_name);
  if (there == NULL) return failed();
  HANDLE taken = server ? CreateEvent(NULL, FALSE, FALSE, taken_name) : OpenEvent(EVENT_ALL_ACCESS, FALSE, taken_name);
  if (taken == NULL) return failed();
  struct shared *shared = MapViewOfFile(mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0);
  if (shared == NULL) return failed();
  return server ? serve(shared, there, taken) : take(shared, there, taken);
}
