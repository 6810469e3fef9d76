/** The contract of src/os/os.ts on this system. */
import { describe } from 'vitest';
import { nativeOs } from '../../src/os/native.js';
import { tempFiles } from '../support/temp-folder.js';
import { contract } from './contract/all.js';
import { Subject } from './contract/subject.js';

describe(process.platform, () => contract(new Subject(nativeOs, tempFiles()), true));
