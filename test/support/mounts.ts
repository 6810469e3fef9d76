/** File systems of one's own for a suite: see mount.ts. They are removed when the suite ends, also when a test failed. */
import { afterAll } from 'vitest';
import { type FileSystem, Mount } from './mount.js';

export { type FileSystem, Mount, whyNotMountable } from './mount.js';

/** A file system for the suite that calls this in a hook or a test; removed when the suite ends. */
export function mounted(): (fileSystem: FileSystem, sizeMib: number) => Mount {
  const mounts: Mount[] = [];
  afterAll(() => {
    for (const mount of mounts) mount.remove();
  });
  return (fileSystem, sizeMib) => {
    const mount = new Mount(fileSystem, sizeMib);
    mounts.push(mount);
    return mount;
  };
}
