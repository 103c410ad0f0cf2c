/**
 * The runtime's JavaScript half turns half-precision data into `Float16Array` where the language has it; its native half
 * takes `Uint16Array` only. Which one it uses is decided when the first tensor is made, so that is done here, with the
 * newer type out of sight for that one moment.
 */
import { Tensor } from 'onnxruntime-node';

const type = Object.getOwnPropertyDescriptor(globalThis, 'Float16Array');
if (type !== undefined) {
  Reflect.deleteProperty(globalThis, 'Float16Array');
  try {
    new Tensor('float16', Uint16Array.of(0), [1]);
  } finally {
    Object.defineProperty(globalThis, 'Float16Array', type);
  }
}
