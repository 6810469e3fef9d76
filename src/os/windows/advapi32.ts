/** The ABI of security descriptors (sddl.h, securitybaseapi.h, processthreadsapi.h). Loaded with kernel32; see there. */
import koffi, { type LibraryHandle } from 'koffi';
import { ADDRESS, BOOL, BUFFER, DWORD, declare, HANDLE, LPCWSTR } from './abi-types.js';

export const SDDL_REVISION_1 = 1;
export const TOKEN_QUERY = 0x0008;
/** TokenUser of TOKEN_INFORMATION_CLASS (winnt.h): a TOKEN_USER, whose first word is the address of the SID. */
export const TokenUser = 1;

/** SECURITY_ATTRIBUTES (minwinbase.h) as 64-bit words: nLength, lpSecurityDescriptor, bInheritHandle. */
export const SECURITY_ATTRIBUTES_WORDS = 3;

/** Addresses that a call returns come in the first word of an array. */
export function loadSecurityCalls(kernel32: LibraryHandle) {
  const func = declare(koffi.load('advapi32.dll'));
  return {
    ConvertStringSecurityDescriptorToSecurityDescriptorW: func<
      (text: string, revision: number, descriptor: BigUint64Array, sizeBytes: null) => number
    >('ConvertStringSecurityDescriptorToSecurityDescriptorW', BOOL, [LPCWSTR, DWORD, BUFFER, BUFFER]),
    ConvertSidToStringSidW: func<(sid: bigint, text: BigUint64Array) => number>(
      'ConvertSidToStringSidW',
      BOOL,
      [ADDRESS, BUFFER],
    ),
    OpenProcessToken: func<(process: number, access: number, token: BigInt64Array) => number>(
      'OpenProcessToken',
      BOOL,
      [HANDLE, DWORD, BUFFER],
    ),
    GetTokenInformation: func<
      (
        token: number,
        infoClass: number,
        info: bigint,
        sizeBytes: number,
        returnedBytes: Uint32Array,
      ) => number
    >('GetTokenInformation', BOOL, [HANDLE, 'int', ADDRESS, DWORD, BUFFER]),
    LocalFree: declare(kernel32)<(address: bigint) => number>('LocalFree', ADDRESS, [ADDRESS]),
  };
}
