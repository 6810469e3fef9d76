/** A message from one process to another through a named mapping: perdure and a C program, either way round. */
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  closeHandle,
  createFileMapping,
  FILE_MAP_ALL_ACCESS,
  INVALID_HANDLE_VALUE,
  mapViewOfFile,
  openFileMapping,
  PAGE_READWRITE,
  unmapViewOfFile,
} from '../../src/os/index.js';
import { failure } from '../support/failure.js';
import { CProgram, decoded, encoded, HAS_PEERS, TEXTS } from './c-program.js';

const BUFFER_BYTES = 256;
const ERROR_FILE_NOT_FOUND = 2;
const MESSAGES = { ansi: 'Message from first process.', wide: 'Message from first process: größe 数据 🗺' };

describe.runIf(HAS_PEERS).each(TEXTS)('a message in %s text', (text) => {
  describe.each(['Global\\', 'Local\\', ''])('under %s', (prefix) => {
    const name = `${prefix}MyFileMappingObject-${process.pid}-${text}`;
    const message = MESSAGES[text];

    it('from perdure to a C program, which finds no mapping before and after', async () => {
      const open = () => CProgram.run('message', text, 'open', name);
      const nothing = { code: ERROR_FILE_NOT_FOUND, lines: ['error 2'] };
      expect(await open()).toEqual(nothing);
      const mapping = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, BUFFER_BYTES, name);
      onTestFinished(() => closeHandle(mapping));
      const view = mapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, BUFFER_BYTES);
      new Uint8Array(view.buffer).set(encoded(message, text));
      expect(await open()).toEqual({ code: 0, lines: [message] });
      unmapViewOfFile(view);
      closeHandle(mapping);
      expect(await open()).toEqual(nothing);
    });

    it('from a C program to perdure, which finds no mapping before and after', async () => {
      const open = () => openFileMapping(FILE_MAP_ALL_ACCESS, false, name);
      const nothing = () => {
        const error = failure(open, { code: 'NOT_FOUND', win32Error: ERROR_FILE_NOT_FOUND });
        expect(error.message).toContain('no such mapping');
      };
      nothing();
      const creator = CProgram.start('message', text, 'create', name, message);
      expect(await creator.line()).toBe('ready');
      const mapping = open();
      const view = mapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, BUFFER_BYTES);
      expect(decoded(new Uint8Array(view.buffer), text)).toBe(message);
      unmapViewOfFile(view);
      closeHandle(mapping);
      creator.send('any key');
      expect(await creator.end()).toBe(0);
      nothing();
    });
  });
});
