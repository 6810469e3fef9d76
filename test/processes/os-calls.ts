/** Makes calls of the operating system layer in a process of its own, and keeps what they return. */
import {
  type FileHandle,
  type FileMappingHandle,
  type MappedView,
  nativeOs,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
} from '../../src/os/index.js';
import { answerRequests } from '../support/answers.js';

const PROTECTIONS = { PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY };

export type OsRequest =
  | { do: 'createFile'; path: string; access: number; share: number; disposition: number; flags: number }
  | { do: 'createFileMapping'; protection: keyof typeof PROTECTIONS; size: number }
  | { do: 'mapViewOfFile'; access: number; offset: number; length: number }
  | { do: 'store'; offset: number; bytes: Uint8Array }
  | { do: 'load'; offset: number; length: number }
  | { do: 'setEndOfFile'; size: number }
  | { do: 'closeFile' }
  | { do: 'closeMapping' }
  | { do: 'unmap' };

const os = nativeOs();
let file: FileHandle | undefined;
let mapping: FileMappingHandle | undefined;
let view: MappedView | undefined;

answerRequests<OsRequest>((request) => {
  switch (request.do) {
    case 'createFile':
      file = os.createFile(
        request.path,
        request.access,
        request.share,
        null,
        request.disposition,
        request.flags,
      );
      return;
    case 'createFileMapping':
      mapping = os.createFileMapping(file!, null, PROTECTIONS[request.protection], request.size, null);
      return;
    case 'mapViewOfFile':
      view = os.mapViewOfFile(mapping!, request.access, request.offset, request.length);
      return;
    case 'store':
      new Uint8Array(view!.buffer).set(request.bytes, request.offset);
      return;
    case 'load':
      return new Uint8Array(view!.buffer).slice(request.offset, request.offset + request.length);
    case 'setEndOfFile':
      return os.setEndOfFile(file!, request.size);
    case 'closeFile':
      return os.closeHandle(file!);
    case 'closeMapping':
      return os.closeHandle(mapping!);
    case 'unmap':
      return os.unmapViewOfFile(view!);
  }
});
