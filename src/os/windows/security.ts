/**
 * SECURITY_ATTRIBUTES: who may open a named object, and whether child processes inherit the handle.
 *
 * The default is this user alone, by the SID of the process's token. "Owner" (OW) would not do: what an elevated
 * administrator creates belongs to the group of administrators. Nor would a NULL descriptor: it takes the token's
 * default list, which lets in all administrators, and for some services everybody of the logon session.
 */
import { show } from '../arguments.js';
import type { SecurityAttributes } from '../names.js';
import { ERROR_INVALID_PARAMETER, win32Error } from '../win32-errors.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';

/** The descriptor of `D:P(A;;GA;;;this user)`: never freed. */
let forThisUser: bigint | undefined;

/** Large enough for a TOKEN_USER: 16 bytes and a SID of at most 68. */
const TOKEN_USER_BYTES = 128;

/**
 * Runs `create` with a SECURITY_ATTRIBUTES (minwinbase.h).
 * @throws INVALID_ARGUMENT for a security descriptor that is none
 */
export function withSecurity<T>(
  kernel32: Kernel32,
  security: SecurityAttributes | null,
  syscall: string,
  create: (attributes: BigUint64Array) => T,
): T {
  const { securityDescriptor, inheritHandle } = checked(security, syscall);
  const attributes = new BigUint64Array(abi.SECURITY_ATTRIBUTES_WORDS);
  attributes[0] = BigInt(attributes.byteLength);
  attributes[2] = inheritHandle ? 1n : 0n;
  if (securityDescriptor === null) {
    forThisUser ??= convert(kernel32, `D:P(A;;GA;;;${userSid(kernel32, syscall)})`, syscall);
    attributes[1] = forThisUser;
    return create(attributes);
  }
  const descriptor = convert(kernel32, securityDescriptor, syscall);
  attributes[1] = descriptor;
  try {
    return create(attributes);
  } finally {
    kernel32.LocalFree(descriptor);
  }
}

function checked(security: SecurityAttributes | null, syscall: string): SecurityAttributes {
  const given: unknown = security;
  if (given === null) return { securityDescriptor: null, inheritHandle: false };
  if (typeof given === 'object') {
    const { securityDescriptor, inheritHandle } = given as Partial<SecurityAttributes>;
    const descriptor: unknown = securityDescriptor;
    if (typeof inheritHandle === 'boolean' && (descriptor === null || typeof descriptor === 'string')) {
      return given as SecurityAttributes;
    }
  }
  throw win32Error(ERROR_INVALID_PARAMETER, syscall, {
    meaning: `security attributes are { securityDescriptor: a string or null, inheritHandle: true or false } or null, not ${show(given)}`,
  });
}

function convert(kernel32: Kernel32, sddl: string, syscall: string): bigint {
  const descriptor = new BigUint64Array(1);
  const revision = abi.SDDL_REVISION_1;
  // A NUL would end the text for the call: what stands behind it would be ignored.
  const whole = !sddl.includes('\0');
  if (
    whole &&
    kernel32.ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, revision, descriptor, null)
  ) {
    return descriptor[0] as bigint;
  }
  throw win32Error(whole ? kernel32.GetLastError() : ERROR_INVALID_PARAMETER, syscall, {
    code: 'INVALID_ARGUMENT',
    meaning: `${show(sddl)} is no security descriptor in SDDL`,
    remedy: 'write rules such as D:(A;;GA;;;WD) (everyone), or null for this user only',
  });
}

/** The SID of the user whom the process runs as, such as S-1-5-21-1-2-3-1001. */
function userSid(kernel32: Kernel32, syscall: string): string {
  const check = (result: number) => {
    if (result !== 0) return;
    throw win32Error(kernel32.GetLastError(), syscall, { meaning: 'the user of this process is not known' });
  };
  const token = new BigInt64Array(1);
  check(kernel32.OpenProcessToken(abi.CURRENT_PROCESS, abi.TOKEN_QUERY, token));
  const handle = Number(token[0]);
  const user = kernel32.allocate(TOKEN_USER_BYTES);
  try {
    const needed = new Uint32Array(1);
    check(kernel32.GetTokenInformation(handle, abi.TokenUser, user, TOKEN_USER_BYTES, needed));
    const [sid, text] = [new BigUint64Array(1), new BigUint64Array(1)];
    kernel32.ReadMemory(new Uint8Array(sid.buffer), user, sid.byteLength);
    check(kernel32.ConvertSidToStringSidW(sid[0] as bigint, text));
    const name = readText(kernel32, text[0] as bigint);
    kernel32.LocalFree(text[0] as bigint);
    return name;
  } finally {
    kernel32.free(user);
    kernel32.CloseHandle(handle);
  }
}

/** A NUL-terminated wide text of digits, dashes and letters. */
function readText(kernel32: Kernel32, address: bigint): string {
  let text = '';
  const unit = new Uint16Array(1);
  for (let at = address; ; at += 2n) {
    kernel32.ReadMemory(new Uint8Array(unit.buffer), at, 2);
    if (unit[0] === 0) return text;
    text += String.fromCharCode(unit[0] as number);
  }
}
