// Every other test of this folder, without eval.

import { rerunFolderWithoutEval } from '../js/without_eval.mjs';

rerunFolderWithoutEval(import.meta.url);
