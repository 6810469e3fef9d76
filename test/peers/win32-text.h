/*
 * Text for the C programs that meet perdure on Windows. Each is built twice: with single bytes (ANSI), and with UNICODE,
 * where a character is a UTF-16 code unit. What they print is UTF-8 in either case: in mingw's wprintf, %s is narrow,
 * and wide output to a pipe is raw UTF-16.
 */
#ifndef WIN32_TEXT_H
#define WIN32_TEXT_H

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <tchar.h>
#include <windows.h>

/* No translation of line ends: what is read and written is what is meant. */
static inline void begin(void) {
  _setmode(_fileno(stdin), _O_BINARY);
  _setmode(_fileno(stdout), _O_BINARY);
}

static inline void say(const char *text) {
  fputs(text, stdout);
  fputc('\n', stdout);
  fflush(stdout);
}

/* A line with the text. */
static inline void say_text(const TCHAR *text) {
#ifdef UNICODE
  static char utf8[65536];
  WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
  say(utf8);
#else
  say(text);
#endif
}

/* Reads a line without its end. Returns 0 at the end of the input. */
static inline int hear_text(TCHAR *text, int limit) {
  static char line[65536];
  if (fgets(line, sizeof line, stdin) == NULL) return 0;
  line[strcspn(line, "\r\n")] = 0;
#ifdef UNICODE
  MultiByteToWideChar(CP_UTF8, 0, line, -1, text, limit);
#else
  lstrcpynA(text, line, limit);
#endif
  return 1;
}

/* Ends the program with the last error as its exit code, and its number on a line. */
static inline int failed(void) {
  DWORD error = GetLastError();
  printf("error %lu\n", error);
  return (int)error;
}

#endif
