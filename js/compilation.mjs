// A compilation beside the event loop: the front end in steps, then the code (async_compile.js).
//
// In:  steps of the library (me_kernel_compile_steps), and the store and the signal of completeKernel.
// Out: a promise of the kernel. Its `kernel` can be had at any time: what is left of the front end is then
//      done at once, and the interpreter runs the kernel until there is code.

import { Kernel, kComplete } from './kernel.mjs';
import { asyncCompile } from './scripts.mjs';

const freeSteps = ({ library, steps }) => library.call('me_steps_free', steps);
const collected = new FinalizationRegistry(freeSteps);

class FrontEnd {
  #begun;
  #hasMore = true;
  #kernel = null;

  constructor(library, steps) {
    this.#begun = { library, steps };
    collected.register(this, this.#begun, this);
  }

  // Does a step. False: there is nothing left to do.
  next() {
    if (this.#hasMore) this.#hasMore = this.#begun.library.step(this.#begun.steps);
    return this.#hasMore;
  }

  get kernel() {
    if (this.#kernel === null) {
      const { library, steps } = this.#begun;
      while (this.next());
      this.#kernel = new Kernel(library, library.kernelOf(steps));
      collected.unregister(this);
      freeSteps(this.#begun);
    }
    return this.#kernel;
  }
}

async function finish(front, rest, { store, signal, wantsCode }) {
  await rest();
  while (front.next()) await rest();
  const { kernel } = front;
  await rest();
  if (wantsCode && !kernel.isFreed && kernel.tier === 'interpreter') await kernel[kComplete]({ store, signal });
  return kernel;
}

// begin() gives the steps. wantsCode: whether it may have code now.
export function compileBeside(library, begin, options) {
  const rest = asyncCompile.pace(options.signal);
  const front = new FrontEnd(library, begin());
  const promise = finish(front, rest, options);
  promise.catch(() => {});  // nobody has to look at a failure: the kernel works, or says what is wrong
  return Object.defineProperty(promise, 'kernel', { get: () => front.kernel });
}
