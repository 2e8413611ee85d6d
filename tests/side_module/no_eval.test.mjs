// Every other test of this folder, without eval; blosc2 itself evaluates JavaScript when it is imported.

import { rerunFolderWithoutEval } from '../js/without_eval.mjs';

rerunFolderWithoutEval(import.meta.url, ['blosc2.test.mjs']);
