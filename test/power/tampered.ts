/** An operating system some of whose calls are replaced: a mutant of the program above it, which a test has to find. */
import type { Os } from '../../src/os/index.js';

export function tampered(os: Os, replacements: Partial<Os>): Os {
  return new Proxy(os, {
    get: (target, name) => {
      const value = Reflect.get(replacements, name) ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
