// Every other test of this folder, without eval.

import { rerunFolderWithoutEval } from './without_eval.mjs';

rerunFolderWithoutEval(import.meta.url);
