/** The suite's records as the peers describe them: objects over the same 32 bytes. */
import { loadPeer } from '../peers.js';
import type { Sample } from './data.js';

type Descriptor = object;

interface BufferBackedObject {
  ArrayOfBufferBackedObjects(
    buffer: ArrayBuffer,
    descriptors: Record<keyof Sample, Descriptor>,
    options: { byteOffset?: number; length?: number },
  ): Sample[];
  Float64(): Descriptor;
  Float32(): Descriptor;
  Uint32(): Descriptor;
  Int32(): Descriptor;
  Uint16(): Descriptor;
  Uint8(): Descriptor;
}

/** An array of accessor objects. The library keeps each of them once it was asked for. */
export async function bufferBackedObjects(buffer: ArrayBuffer, byteOffset: number, length: number) {
  const lib = await loadPeer<BufferBackedObject>('buffer-backed-object');
  const descriptors = {
    time: lib.Float64(),
    value: lib.Float64(),
    id: lib.Uint32(),
    count: lib.Int32(),
    level: lib.Float32(),
    flags: lib.Uint16(),
    kind: lib.Uint8(),
    valid: lib.Uint8(),
  };
  return lib.ArrayOfBufferBackedObjects(buffer, descriptors, { byteOffset, length });
}

type StructInstance = Sample & { toJSON(): Sample };
type StructClass = new (raw: Buffer) => StructInstance;

interface StructBuilder extends Record<StructMethod, (name: string) => StructBuilder> {
  compile(): StructClass;
}
type StructMethod = 'Float64LE' | 'Float32LE' | 'UInt32LE' | 'Int32LE' | 'UInt16LE' | 'UInt8';

/** A class whose instances lie over a Buffer of 32 bytes. */
export async function typedStruct(): Promise<StructClass> {
  const { Struct } = await loadPeer<{ Struct: new (name: string) => StructBuilder }>('typed-struct');
  return new Struct('Sample')
    .Float64LE('time')
    .Float64LE('value')
    .UInt32LE('id')
    .Int32LE('count')
    .Float32LE('level')
    .UInt16LE('flags')
    .UInt8('kind')
    .UInt8('valid')
    .compile();
}

interface ObjectView {
  get(field: keyof Sample): number;
  set(field: keyof Sample, value: number): void;
}
interface ArrayView {
  getView(index: number): ObjectView;
  get(index: number): Sample;
}
interface Structurae {
  View: new () => {
    create(schema: object): new (buffer: ArrayBuffer, offset: number, length: number) => ArrayView;
  };
}

/** An array of views, each a DataView made when it is asked for. */
export async function structurae(
  buffer: ArrayBuffer,
  byteOffset: number,
  lengthBytes: number,
): Promise<ArrayView> {
  const { View } = await loadPeer<Structurae>('structurae');
  const number = (btype: string) => ({ type: 'number', btype });
  const properties: Record<keyof Sample, object> = {
    time: number('float64'),
    value: number('float64'),
    id: number('uint32'),
    count: number('int32'),
    level: number('float32'),
    flags: number('uint16'),
    kind: number('uint8'),
    valid: number('uint8'),
  };
  const views = new View();
  views.create({ $id: 'Sample', type: 'object', properties });
  const Samples = views.create({ type: 'array', items: { type: 'object', $ref: '#Sample' } });
  return new Samples(buffer, byteOffset, lengthBytes);
}
