/** What is known of a stored backbone beyond what its network needs, and where each piece of that knowledge comes from. */

/** What the tensors of a checkpoint do not always tell. */
export type SettingName =
  'heads' | 'layerNormEps' | 'activation' | 'imageSize' | 'mean' | 'std' | 'pooling' | 'crop' | 'licence';

export interface BackboneSetting {
  readonly name: SettingName;
  /** For people; null where nothing tells it. */
  readonly value: string | null;
  /** `config.json`, `the published vit_base_patch16_224`; null where nothing tells it. */
  readonly from: string | null;
}

export interface BackboneDetails {
  readonly container: 'safetensors' | 'npz';
  /** `the names of timm` */
  readonly naming: string;
  /** `DINOv2 with registers`; the network's structure where nobody published one like it. */
  readonly family: string;
  readonly settings: readonly BackboneSetting[];
  /** Known tensors that a backbone does not need, by their names in the file. */
  readonly leftOut: readonly string[];
  /** What the person should know: sentences. */
  readonly notes: readonly string[];
}

/** What a file is and says, before anything is taken over from it. */
export interface BackboneInspection extends BackboneDetails {
  readonly name: string;
  /** Settings without a value: nobody tells them, and published networks like it differ. */
  readonly questions: readonly SettingName[];
  /** Published variants that its tensors fit, by timm's names. */
  readonly variants: readonly string[];
}

const settingNames: Readonly<Record<SettingName, string>> = {
  heads: 'attention heads',
  layerNormEps: 'LayerNorm epsilon',
  activation: 'activation',
  imageSize: 'image size',
  mean: 'mean',
  std: 'standard deviation',
  pooling: 'published pooling',
  crop: 'published crop',
  licence: 'licence',
};

export function settingWords(name: SettingName): string {
  return settingNames[name];
}

const activationWords: Readonly<Record<string, string>> = {
  gelu: 'exact GELU',
  'gelu-tanh': 'GELU by its tanh approximation',
  'quick-gelu': 'QuickGELU',
};

export function settingValueWords(value: number | string | readonly number[]): string {
  if (typeof value === 'string') return activationWords[value] ?? value;
  if (typeof value !== 'number') return value.join(', ');
  return value < 1e-3 ? value.toExponential() : String(value);
}
