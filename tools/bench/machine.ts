/** What the figures were measured on. */
import { readFileSync } from 'node:fs';
import { cpus, release, type as systemName, totalmem } from 'node:os';

/** One line: processor, cores, memory, system, Node.js, the file system below `folder`, date. */
export function describeMachine(folder: string): string {
  const processors = cpus();
  const parts = [
    `${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${systemName()} ${release()}`,
    `Node.js ${process.versions.node}`,
    fileSystem(folder),
    new Date().toISOString().slice(0, 10),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** The type of the file system that holds `folder`, where the system tells: that of the longest mount point. */
function fileSystem(folder: string): string {
  let best = { mountPoint: '', type: '' };
  let mounts: string;
  try {
    mounts = readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    return '';
  }
  for (const line of mounts.split('\n')) {
    const [, mountPoint = '', type = ''] = line.split(' ');
    const within = mountPoint === '/' || folder === mountPoint || folder.startsWith(`${mountPoint}/`);
    if (within && mountPoint.length >= best.mountPoint.length) best = { mountPoint, type };
  }
  return best.type;
}
