/**
 * The contract of src/os/os.ts, for every implementation of it. A call on each and its documented result stand in the files
 * here; where a system may differ from another, the test says which it expects.
 */
import { describe } from 'vitest';
import { allocationContract } from './allocation.js';
import { baseAddressContract } from './base-address.js';
import { coherenceContract } from './coherence.js';
import { createFileContract } from './create-file.js';
import { flushContract } from './flush.js';
import { lifetimeContract } from './lifetime.js';
import { otherProcessContract } from './other-process.js';
import { protectionsContract } from './protections.js';
import { rangesContract } from './ranges.js';
import { realFilesContract } from './real-files.js';
import { replaceFileContract } from './replace-file.js';
import { shareModesContract } from './share-modes.js';
import { sizesContract } from './sizes.js';
import type { Subject } from './subject.js';
import { transferContract } from './transfer.js';

const CONTRACTS: readonly (readonly [name: string, contract: (subject: Subject) => void])[] = [
  ['CreateFile', createFileContract],
  ['share modes', shareModesContract],
  ['protections', protectionsContract],
  ['sizes', sizesContract],
  ['ranges', rangesContract],
  ['lifetime', lifetimeContract],
  ['MapViewOfFileEx', baseAddressContract],
  ['ReadFile and WriteFile', transferContract],
  ['coherence', coherenceContract],
  ['flush', flushContract],
  ['allocation, residency, hints', allocationContract],
  ['files', replaceFileContract],
];

/** Those that need the files of the system, or other processes. */
const CONTRACTS_OF_SYSTEMS: typeof CONTRACTS = [
  ['real files', realFilesContract],
  ['processes', otherProcessContract],
];

/** Describes the whole contract. @param isSystem false for an implementation within this process */
export function contract(subject: Subject, isSystem: boolean): void {
  for (const [name, part] of isSystem ? [...CONTRACTS, ...CONTRACTS_OF_SYSTEMS] : CONTRACTS)
    describe(name, () => part(subject));
}
