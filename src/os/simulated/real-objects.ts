/** What a simulated disk leaves to the real system: memory, events, mutexes and their names. None of them outlives a power cut. */
import type { FileMappingHandle, Os } from '../os.js';

type Objects = Pick<
  Os,
  | 'platform'
  | 'openFileMapping'
  | 'listNamedObjects'
  | 'createEvent'
  | 'openEvent'
  | 'setEvent'
  | 'resetEvent'
  | 'createMutex'
  | 'openMutex'
  | 'releaseMutex'
  | 'waitForSingleObject'
  | 'waitForSingleObjectAsync'
  | 'waitForMultipleObjects'
  | 'waitForMultipleObjectsAsync'
>;

export class RealObjects implements Objects {
  readonly platform: Os['platform'];

  constructor(protected readonly real: Os) {
    this.platform = real.platform;
  }

  openFileMapping(...args: Parameters<Os['openFileMapping']>): FileMappingHandle {
    return this.real.openFileMapping(...args);
  }

  listNamedObjects() {
    return this.real.listNamedObjects();
  }

  createEvent(...args: Parameters<Os['createEvent']>) {
    return this.real.createEvent(...args);
  }

  openEvent(...args: Parameters<Os['openEvent']>) {
    return this.real.openEvent(...args);
  }

  setEvent(...args: Parameters<Os['setEvent']>): void {
    this.real.setEvent(...args);
  }

  resetEvent(...args: Parameters<Os['resetEvent']>): void {
    this.real.resetEvent(...args);
  }

  createMutex(...args: Parameters<Os['createMutex']>) {
    return this.real.createMutex(...args);
  }

  openMutex(...args: Parameters<Os['openMutex']>) {
    return this.real.openMutex(...args);
  }

  releaseMutex(...args: Parameters<Os['releaseMutex']>): void {
    this.real.releaseMutex(...args);
  }

  waitForSingleObject(...args: Parameters<Os['waitForSingleObject']>): number {
    return this.real.waitForSingleObject(...args);
  }

  waitForSingleObjectAsync(...args: Parameters<Os['waitForSingleObjectAsync']>): Promise<number> {
    return this.real.waitForSingleObjectAsync(...args);
  }

  waitForMultipleObjects(...args: Parameters<Os['waitForMultipleObjects']>): number {
    return this.real.waitForMultipleObjects(...args);
  }

  waitForMultipleObjectsAsync(...args: Parameters<Os['waitForMultipleObjectsAsync']>): Promise<number> {
    return this.real.waitForMultipleObjectsAsync(...args);
  }
}
