/**
 * SECURITY_ATTRIBUTES on POSIX: the security descriptors that file permissions can express, as a mode.
 *
 *   null                              this user: 0600
 *   D:(A;;GA;;;OW)                    the same
 *   D:(A;;GA;;;WD)                    everyone: 0666
 *   D:(A;;GR;;;WD)(A;;GA;;;OW)        everyone may read: 0644
 *
 * SDDL: "Security Descriptor String Format" and "ACE Strings" in the Windows documentation.
 */
import { show } from '../../arguments.js';
import type { SecurityAttributes } from '../../names.js';
import { ERROR_NOT_SUPPORTED, win32Error } from '../../win32-errors.js';

const RULE = /\(A;;(GA|GRGW|GWGR|GR|GW);;;(OW|WD)\)/gy;
const OWNER_ONLY = 0o600;

function bits(rights: string): number {
  return rights === 'GA' ? 6 : (rights.includes('GR') ? 4 : 0) | (rights.includes('GW') ? 2 : 0);
}

/** The mode of an object's file. @throws UNSUPPORTED for a descriptor that a mode cannot express */
export function modeOf(security: SecurityAttributes | null, syscall: string): number {
  const descriptor = security?.securityDescriptor ?? null;
  if (descriptor === null) return OWNER_ONLY;
  const unsupported = () =>
    win32Error(ERROR_NOT_SUPPORTED, syscall, {
      meaning: `the security descriptor ${show(descriptor)} cannot be expressed by this system’s permissions`,
      remedy: 'use rules such as D:(A;;GA;;;WD) (everyone), or null for this user only',
    });
  if (typeof descriptor !== 'string') throw unsupported();
  const head = /^D:(P)?(?=\()/.exec(descriptor);
  if (!head) throw unsupported();
  let mode = OWNER_ONLY;
  RULE.lastIndex = head[0].length;
  for (let at = RULE.lastIndex; at < descriptor.length; at = RULE.lastIndex) {
    const rule = RULE.exec(descriptor);
    if (!rule) throw unsupported();
    const granted = bits(rule[1] as string);
    mode |= rule[2] === 'WD' ? (granted << 6) | (granted << 3) | granted : granted << 6;
  }
  return mode;
}
