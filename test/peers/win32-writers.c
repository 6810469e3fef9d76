/*
 * A writer of two numbers in a mapping, which are equal whenever nobody writes: it takes turns with others by a mutex.
 *
 *   win32-writers create|open NAME       the mapping NAME and the mutex NAME-mutex
 *
 * Each line of input is an order, answered by a line:
 *
 *   count N    takes the mutex N times and adds 1 to both; answers how often it was abandoned, or "torn"
 *   wait       waits for the mutex: what WaitForSingleObject returned
 *   half       adds 1 to the first number only
 *   mend       makes the second number the first
 *   release    gives the mutex back
 */
#include "win32-text.h"

struct numbers {
  volatile LONG first;
  volatile LONG second;
};

static void count(struct numbers *numbers, HANDLE mutex, int times) {
  int abandoned = 0;
  while (times-- > 0) {
    if (WaitForSingleObject(mutex, INFINITE) == WAIT_ABANDONED) {
      abandoned++;
      numbers->second = numbers->first;
    }
    if (numbers->first != numbers->second) {
      say("torn");
      return;
    }
    numbers->first++;
    if (times % 8 == 0) Sleep(0);
    numbers->second++;
    ReleaseMutex(mutex);
  }
  printf("%d\n", abandoned);
  fflush(stdout);
}

int _tmain(int argc, TCHAR **argv) {
  if (argc != 3) return -1;
  begin();
  TCHAR mutex_name[300], order[64];
  lstrcpy(mutex_name, argv[2]);
  lstrcat(mutex_name, TEXT("-mutex"));
  int create = lstrcmp(argv[1], TEXT("create")) == 0;
  HANDLE mapping = create ? CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, argv[2])
                          : OpenFileMapping(FILE_MAP_ALL_ACCESS, FALSE, argv[2]);
  if (mapping == NULL) return failed();
  HANDLE mutex = create ? CreateMutex(NULL, FALSE, mutex_name) : OpenMutex(MUTEX_ALL_ACCESS, FALSE, mutex_name);
  if (mutex == NULL) return failed();
  struct numbers *numbers = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  if (numbers == NULL) return failed();
  say("ready");
  while (hear_text(order, 64)) {
    if (_tcsncmp(order, TEXT("count "), 6) == 0) count(numbers, mutex, _ttoi(order + 6));
    else if (lstrcmp(order, TEXT("wait")) == 0) {
      printf("%lu\n", WaitForSingleObject(mutex, INFINITE));
      fflush(stdout);
    } else if (lstrcmp(order, TEXT("half")) == 0) {
      numbers->first++;
      say("half");
    } else if (lstrcmp(order, TEXT("mend")) == 0) {
      numbers->second = numbers->first;
      say("mended");
    } else if (lstrcmp(order, TEXT("release")) == 0) {
      say(ReleaseMutex(mutex) ? "released" : "not released");
    }
  }
  return 0;
}
