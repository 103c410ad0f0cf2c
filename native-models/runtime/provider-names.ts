/** The runtime's names of what it can compute on. */
export const PROVIDERS = ['cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const;

export type ProviderName = (typeof PROVIDERS)[number];
