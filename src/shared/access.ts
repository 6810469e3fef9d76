/** Who may open a named object: the choice that perdure offers, as the system takes it. */
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import type { SecurityAttributes } from '../os/names.js';

/** 'owner': the user who creates the object; 'everyone': every user of the machine, for reading and for writing. */
export type ObjectAccess = 'owner' | 'everyone';

/** SDDL: allow (A) everything (GA) to everyone (WD). */
const EVERYONE: SecurityAttributes = { securityDescriptor: 'D:(A;;GA;;;WD)', inheritHandle: false };

/** @throws INVALID_ARGUMENT */
export function securityOf(access: ObjectAccess): SecurityAttributes | null {
  if (access === 'owner') return null;
  if (access === 'everyone') return EVERYONE;
  throw new PerdureError('INVALID_ARGUMENT', `access must be 'owner' or 'everyone', not ${show(access)}`);
}
