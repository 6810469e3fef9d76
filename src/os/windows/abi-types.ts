/**
 * The C types of the Windows SDK as koffi knows them, for the ABI files of this folder.
 *
 * - HANDLE and pointers are numbers: user addresses on 64-bit Windows stay below 2^47.
 * - Structures are anonymous koffi types, because koffi refuses to declare a name twice.
 */
import koffi, { type KoffiFunc, type LibraryHandle, type TypeObject } from 'koffi';

export const BOOL = 'int32_t';
export const BYTE = 'uint8_t';
export const WORD = 'uint16_t';
export const DWORD = 'uint32_t';
export const LARGE_INTEGER = 'int64_t';
export const SIZE_T = 'size_t';
export const NTSTATUS = 'int32_t';
export const HANDLE = 'intptr_t';
export const ADDRESS = 'uintptr_t';
export const LPCSTR = 'str';
export const LPCWSTR = 'str16';
/** A typed array, whose memory the call reads or fills. */
export const BUFFER = 'void *';

export type Types = Parameters<LibraryHandle['func']>[3];

/** Structures are filled into an object that the caller gives. */
export type Fill<T> = Partial<T>;

export const out = (type: string | TypeObject): ReturnType<typeof koffi.out> =>
  koffi.out(koffi.pointer(type));

/** Declares functions of a library. */
export function declare(library: LibraryHandle) {
  // biome-ignore lint/suspicious/noExplicitAny: the parameters of each function are named where it is declared
  return <F extends (...args: any[]) => unknown>(name: string, result: string, types: Types) =>
    library.func('__stdcall', name, result, types) as unknown as KoffiFunc<F>;
}
