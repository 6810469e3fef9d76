/*
 * bcryptprimitives.dll for Wine 8, which lacks it: the one export that Vite's native parts need.
 *
 * ProcessPrng fills a buffer with random bytes and never fails. SystemFunction036 is the documented RtlGenRandom of
 * advapi32 (ntsecapi.h), which Wine has.
 */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG lengthBytes);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T lengthBytes) {
  while (lengthBytes > 0) {
    ULONG part = lengthBytes > 0x10000000 ? 0x10000000 : (ULONG)lengthBytes;
    if (!SystemFunction036(data, part)) return FALSE;
    data += part;
    lengthBytes -= part;
  }
  return TRUE;
}
