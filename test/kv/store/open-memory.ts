/** Stores without a file, for what does not depend on one. */
import type { KeyChoice, KeyTypeOf } from '../../../src/kv/keys/index.js';
import type { Durability, TableOptions } from '../../../src/kv/store/options.js';
import { Store } from '../../../src/kv/store/store.js';
import { wantedTable } from '../../../src/kv/store/table-format.js';
import type { ValueChoice, ValueTypeOf } from '../../../src/kv/values/index.js';
import { MemoryPager } from './memory-pager.js';

export function openMemory<const KC extends KeyChoice = 'any', VC extends ValueChoice = 'messagepack'>(
  options: TableOptions<KC, VC> & { durability?: Durability; pager?: MemoryPager } = {},
): { store: Store<KeyTypeOf<KC>, ValueTypeOf<VC>>; pager: MemoryPager } {
  const { durability = 'sync', pager = new MemoryPager(), ...table } = options;
  return { store: new Store(pager, 'memory', wantedTable(table), durability, 1), pager };
}

/** An error of this code. */
export function coded(code: string, message = ''): object {
  return { asymmetricMatch: (error: unknown) => matches(error, code, message), toString: () => code };
}

function matches(error: unknown, code: string, message: string): boolean {
  return (
    error instanceof Error && (error as { code?: string }).code === code && error.message.includes(message)
  );
}
