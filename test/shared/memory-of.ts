/** Shared memory under a name of its own, which is closed when the test ends. */
import { onTestFinished } from 'vitest';
import { SharedMemory } from '../../src/index.js';
import { uniqueName } from './names.js';

export function memoryOf(size: number, text = ''): SharedMemory {
  const memory = SharedMemory.create(uniqueName('memory'), { size });
  onTestFinished(() => memory.close());
  memory.view().setString(0, text);
  return memory;
}
