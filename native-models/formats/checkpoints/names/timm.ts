/**
 * Timm's own names, which are the canonical ones, and those of the original code of DeiT, DINO, DINOv2, MAE and Swin, which
 * differ from them in few places.
 */
import type { Scheme } from './scheme.ts';
import { textLeftOut, torchLeftOut, whole } from './scheme.ts';

const leftOut = new RegExp(`^(?:${torchLeftOut}|${textLeftOut})`);

export const timm: Scheme = {
  id: 'timm',
  words: 'the names of timm',
  anchor: 'patch_embed.proj.weight',
  leftOut,
  place: (name, _tensor, names) => {
    if (leftOut.test(name)) return [];
    // DINOv2's own file; the position of the class token is folded into it elsewhere.
    if (name === 'register_tokens') return whole('reg_token');
    // Its giants keep blocks in groups.
    const grouped = /^blocks\.\d+\.(\d+)\.(.+)$/.exec(name);
    if (grouped !== null) return whole(`blocks.${grouped[1] ?? ''}.${grouped[2] ?? ''}`);
    // DeiT III wrote LayerScale like this.
    const scale = /^(blocks\.\d+)\.gamma_([12])$/.exec(name);
    if (scale !== null) return whole(`${scale[1] ?? ''}.ls${scale[2] ?? ''}.gamma`);
    const merging = /^layers\.(\d+)\.downsample\.(.+)$/.exec(name);
    if (merging !== null && hasMergingAtTheEnd(names)) {
      return whole(`layers.${Number(merging[1]) + 1}.downsample.${merging[2] ?? ''}`);
    }
    return whole(name);
  },
};

/** Swin's own code and older files of timm merge patches at the end of a stage, so that the first stage has a merging too. */
function hasMergingAtTheEnd(names: { has(name: string): boolean }): boolean {
  return names.has('layers.0.downsample.reduction.weight');
}
