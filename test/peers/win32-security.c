/*
 * Who may open a named object: the access rules of its security descriptor, in SDDL, and on a second line the SID of the
 * user who runs this.
 *
 *   win32-security mapping|event|mutex NAME
 */
#include "win32-text.h"

#include <sddl.h>

int _tmain(int argc, TCHAR **argv) {
  if (argc != 3) return -1;
  begin();
  HANDLE handle = lstrcmp(argv[1], TEXT("mapping")) == 0 ? OpenFileMapping(READ_CONTROL, FALSE, argv[2])
                  : lstrcmp(argv[1], TEXT("event")) == 0 ? OpenEvent(READ_CONTROL, FALSE, argv[2])
                                                         : OpenMutex(READ_CONTROL, FALSE, argv[2]);
  if (handle == NULL) return failed();
  static BYTE descriptor[4096], user[256];
  DWORD needed;
  TCHAR *text;
  if (!GetKernelObjectSecurity(handle, DACL_SECURITY_INFORMATION, descriptor, sizeof descriptor, &needed)) {
    return failed();
  }
  if (!ConvertSecurityDescriptorToStringSecurityDescriptor(descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION,
                                                           &text, NULL)) {
    return failed();
  }
  say_text(text);
  HANDLE token;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return failed();
  if (!GetTokenInformation(token, TokenUser, user, sizeof user, &needed)) return failed();
  if (!ConvertSidToStringSid(((TOKEN_USER *)user)->User.Sid, &text)) return failed();
  say_text(text);
  return 0;
}
