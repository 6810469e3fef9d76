/*
 * A child process that was given a HANDLE by its number, inherited from its parent.
 *
 *   win32-inherited mapping VALUE     the first text in it
 *   win32-inherited event VALUE       sets it
 *   win32-inherited mutex VALUE       what a wait of no time returns; it is not released
 *
 * The exit code is the last error of what failed.
 */
#include "win32-text.h"

int _tmain(int argc, TCHAR **argv) {
  if (argc != 3) return -1;
  begin();
  HANDLE handle = (HANDLE)(ULONG_PTR)_tcstoul(argv[2], NULL, 10);
  if (lstrcmp(argv[1], TEXT("mapping")) == 0) {
    const TCHAR *view = MapViewOfFile(handle, FILE_MAP_READ, 0, 0, 0);
    if (view == NULL) return failed();
    say_text(view);
  } else if (lstrcmp(argv[1], TEXT("event")) == 0) {
    if (!SetEvent(handle)) return failed();
  } else {
    DWORD result = WaitForSingleObject(handle, 0);
    if (result == WAIT_FAILED) return failed();
    printf("%lu\n", result);
  }
  return 0;
}
