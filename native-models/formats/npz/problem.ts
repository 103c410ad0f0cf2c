/** How these formats say no: every error names the file, the array where there is one, and what is wrong with it. */
import { EngineError } from '../../errors.ts';
import { shown } from '../safetensors/problem.ts';

/** @param code without its prefix `npz.` */
export function problem(path: string, code: string, what: string, cause?: unknown): EngineError {
  return new EngineError(`npz.${code}`, `${shown(path)} cannot be read as npz: ${what}`, {
    data: { file: path },
    cause,
  });
}

export function arrayProblem(path: string, array: string, code: string, what: string, cause?: unknown): EngineError {
  return new EngineError(`npz.${code}`, `${shown(path)} cannot be read as npz: array ${shown(array)} ${what}`, {
    data: { file: path, tensor: array.slice(0, 120) },
    cause,
  });
}
