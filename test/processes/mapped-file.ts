/** Carries out operations on one MappedFile in a process of its own, which a test may end or kill at any moment. */
import { MappedFile, type MappedFileOptions, type View } from '../../src/index.js';
import { answerRequests } from '../support/answers.js';

export type FileRequest =
  | { do: 'open'; path: string; options: MappedFileOptions; maxWindowBytes?: number }
  | { do: 'write'; offset: number; bytes: Uint8Array }
  | { do: 'fill'; offset: number; length: number; value: number }
  | { do: 'copyWithin'; target: number; source: number; length: number }
  | { do: 'flush'; offset?: number; length?: number }
  | { do: 'resize'; size: number }
  | { do: 'read'; offset: number; length: number }
  | { do: 'discard' }
  | { do: 'close' };

let file: MappedFile | undefined;
let view: View | undefined;

function take(): View {
  view?.close();
  view = file!.view();
  return view;
}

async function carryOut(request: FileRequest): Promise<unknown> {
  switch (request.do) {
    case 'open': {
      const { path, options, maxWindowBytes } = request;
      file = MappedFile.open(path, options, maxWindowBytes === undefined ? {} : { maxWindowBytes });
      take();
      return file.size;
    }
    case 'write':
      return view!.write(request.offset, request.bytes);
    case 'fill':
      return view!.fill(request.value, request.offset, request.length);
    case 'copyWithin':
      return view!.copyWithin(request.target, request.source, request.length);
    case 'flush':
      return request.offset === undefined
        ? file!.flush()
        : file!.flush({ offset: request.offset, length: request.length! });
    case 'resize':
      if (request.size < file!.size) view!.close();
      await file!.resize(request.size);
      take();
      return file!.size;
    case 'read':
      return view!.read(request.offset, request.length);
    case 'discard':
      return file!.discard();
    case 'close':
      return file!.close();
  }
}

answerRequests<FileRequest>(carryOut);
