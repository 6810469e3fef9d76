/*
 * Opens a named mapping of perdure by its documented file, holds it, and reads or changes its text.
 *
 *   posix-mapping FILE             prints the text up to the NUL
 *   posix-mapping FILE TEXT        stores TEXT and a NUL, says "stored" and holds the object until stdin ends
 *
 * FILE is /dev/shm/perdure-<uid>/<name> for Local\name, /dev/shm/perdure-global-<name> for Global\name.
 * Exit codes: 0 done, 2 no such mapping, 1 anything else.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct perdure_object {
  char magic[8]; /* "PERDOBJ\0" */
  uint32_t version;
  uint32_t kind; /* 1: file mapping */
  uint32_t protection;
  uint32_t data_offset;
  uint64_t size;
};

int main(int argc, char **argv) {
  struct stat file;
  if (argc < 2) return 1;
  int fd = open(argv[1], O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return 2;
  /* Nobody has it: what is left of an object whose holders were killed. */
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 2;
  /* From here on this process is a holder like any other: the object lives as long as it does. */
  if (flock(fd, LOCK_SH) != 0 || fstat(fd, &file) != 0 || file.st_nlink == 0) return 2;

  struct perdure_object header;
  if (pread(fd, &header, sizeof header, 0) != sizeof header) return 1;
  if (memcmp(header.magic, "PERDOBJ", 8) != 0 || header.version != 1 || header.kind != 1) return 1;

  size_t length = header.data_offset + header.size;
  char *base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return 1;
  char *text = base + header.data_offset;

  if (argc > 2) {
    if (strlen(argv[2]) >= header.size) return 1;
    strcpy(text, argv[2]);
    puts("stored");
    fflush(stdout);
    while (getchar() != EOF) continue;
  } else {
    printf("%.*s\n", (int)strnlen(text, header.size), text);
  }
  return 0;
}
