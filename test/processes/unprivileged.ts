/** Becomes the user `nobody` when told to, and then says how opening a file goes. POSIX only. */
import { MappedFile, type MappedFileOptions } from '../../src/index.js';
import { answerRequests } from '../support/answers.js';

export type UnprivilegedRequest =
  | { do: 'drop'; warmUp: string }
  | { do: 'open'; path: string; options: MappedFileOptions };

answerRequests<UnprivilegedRequest>((request) => {
  if (request.do === 'drop') {
    // The native library is loaded while it can still be read.
    MappedFile.open(request.warmUp).close();
    process.setgroups?.([]);
    process.setgid?.('nogroup');
    process.setuid?.('nobody');
    return process.getuid?.();
  }
  using file = MappedFile.open(request.path, request.options);
  using view = file.view();
  if (request.options.mode === 'copy-on-write') view.fill(0);
  if (request.options.mode === 'readwrite') {
    view.fill(7);
    file.flushSync();
  }
  return view.getUint8(0);
});
