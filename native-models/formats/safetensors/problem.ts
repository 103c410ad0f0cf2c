/** How this format says no: every error names the file, the tensor where there is one, and what is wrong with it. */
import { EngineError } from '../../errors.ts';
import type { EngineErrorData } from '../../errors.ts';

/** Long enough for any real tensor name, short enough that a hostile one cannot flood a log. */
const maxShown = 120;

export function shown(text: string): string {
  const cut = text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
  // Quoting also makes control characters and lone surrogates harmless on a terminal.
  return JSON.stringify(cut);
}

/** @param code without its prefix `safetensors.` */
export function problem(
  path: string,
  code: string,
  what: string,
  options: { data?: EngineErrorData; cause?: unknown } = {},
): EngineError {
  return new EngineError(`safetensors.${code}`, `${shown(path)} cannot be read as safetensors: ${what}`, {
    data: { file: path, ...options.data },
    cause: options.cause,
  });
}

export function tensorProblem(path: string, tensor: string, code: string, what: string): EngineError {
  return problem(path, code, `tensor ${shown(tensor)} ${what}`, { data: { tensor: tensor.slice(0, maxShown) } });
}
