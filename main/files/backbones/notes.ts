/** What a person should know of an imported backbone: where libraries differ over the same weights, and what ours does. */
import type { BackboneSetting } from '#app/domain/backbone-details.ts';
import type { Checkpoint } from '#native-models/formats/checkpoints.ts';
import type { Clues } from './clues.ts';
import type { Values } from './settings.ts';
import type { Variant } from './variants.ts';

interface Known {
  readonly checkpoint: Checkpoint;
  readonly values: Partial<Values>;
  readonly settings: readonly BackboneSetting[];
  readonly published: Variant | null;
  readonly said: readonly Clues[];
}

export function notesOf({ checkpoint, values, settings, published, said }: Known): readonly string[] {
  const { geometry, translation, naming } = checkpoint;
  const notes: string[] = [];
  const from = (name: BackboneSetting['name']): string => settings.find((each) => each.name === name)?.from ?? '';
  const names = [...translation.recipes.values()];
  if (values.layerNormEps === 1e-12) {
    notes.push(
      'Its LayerNorm epsilon is 1e-12, as Hugging Face runs it. The original code and timm have 1e-6: with that it is the ' +
        'same backbone as their files (--eps 1e-6).',
    );
  }
  if (names.some(({ join }) => join === 'sum')) {
    notes.push("The position of the class token was added to it, as timm does; the network's outputs are the same.");
  }
  if (geometry.family === 'vit' && geometry.pooling === 'attention') {
    notes.push('Its attention pooling is left out: features are the mean of the patch tokens instead.');
  }
  if (geometry.family === 'vit' && geometry.distillationToken) {
    notes.push('Class and distillation token both go through the network; features are the mean of the patch tokens.');
  }
  const architecture = said.find((clues) => clues.architecture !== undefined)?.architecture ?? '';
  if (published?.structure === 'clip' && values.activation === 'gelu' && /\.openai\b/.test(architecture)) {
    notes.push(
      'Timm runs this architecture with the exact GELU, though its weights were trained with QuickGELU (--activation quick-gelu).',
    );
  }
  if (naming.id === 'google' && values.activation === 'gelu') {
    notes.push(
      `Google trains with the tanh approximation of GELU; timm and Hugging Face run this network with the exact one, as here (${from('activation')}).`,
    );
  }
  for (const { source, imageSize } of said) {
    const { patchSize } = geometry;
    if (imageSize === undefined || imageSize % patchSize === 0) continue;
    const seen = imageSize - (imageSize % patchSize);
    notes.push(
      `${source} says ${imageSize} px, of which patches of ${patchSize} px fill ${seen}: photos are brought to ${seen} px.`,
    );
  }
  return notes;
}
