import type { ClassId, ContentHash, PhotoId, ProjectId } from './ids.ts';

/** What is known of a photo without keeping its pixels. Width and height are those seen AFTER orientation is applied. */
export interface PhotoFacts {
  readonly width: number;
  readonly height: number;
  /** EXIF orientation as stored, 1..8 (1 where there is none). */
  readonly orientation: number;
  /** `jpeg`, `png`, `webp`, `avif`, `gif` or `tiff`. */
  readonly format: string;
  /** 16 stands for every depth above 8: 10- and 12-bit AVIF is scaled to the full range of 16 bits. */
  readonly bitsPerSample: 8 | 16;
  /**
   * 64-bit DCT perceptual hash as 16 hex digits, over the photo as it is viewed (oriented, sRGB). A flat photo has nothing
   * to compare: it gets the beginning of its pixelHash, which is near to the same pixels only.
   */
  readonly perceptualHash: string;
  /**
   * Equal means the same pixels. Of a JPEG it is told from the coded picture and its orientation, whatever metadata stand around it;
   * of other formats it is the SHA-256 of the decoded, oriented sRGB pixels and their size. JPEGs that earlier versions imported have
   * what those versions told.
   */
  readonly pixelHash: string;
}

/**
 * `ok`: decoded when it was last looked at. `undecodable`: kept, listed with its reason, never trained on.
 * `missing`: was not at its path at the last import; everything known of it is kept until it comes back.
 */
export type PhotoState = 'ok' | 'missing' | 'undecodable';

/** A photo's file as an import found it. Exactly one of `facts` and `reason` is set. */
export interface PhotoFile {
  /** Absolute. Unique in a project. */
  readonly path: string;
  /** Null only where the file could not even be read. */
  readonly contentHash: ContentHash | null;
  readonly bytes: number;
  /** Epoch milliseconds, with fractions as the file system gives them. */
  readonly modifiedAt: number;
  readonly facts: PhotoFacts | null;
  /** Why it is not a photo, in plain words. */
  readonly reason: string | null;
}

/** A photo's file and what its place says of it. */
export interface NewPhoto extends PhotoFile {
  /** The name of the folder the photo lies in, where that is offered as a label. */
  readonly offeredClass: string | null;
}

export interface Photo extends NewPhoto {
  readonly id: PhotoId;
  readonly projectId: ProjectId;
  readonly state: PhotoState;
  /** Its label, null while it has none. */
  readonly classId: ClassId | null;
  /** Photos of one group (a patient, a plant, a film) always fall on one side of a split. */
  readonly group: string | null;
  readonly addedAt: number;
  readonly flagged: boolean;
  /** Keeps its label, and takes no part in splits and runs. */
  readonly excluded: boolean;
}

/** What a re-import compares with the disk before it opens any file. */
export interface PhotoStamp {
  readonly id: PhotoId;
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: number;
  readonly state: PhotoState;
  readonly offeredClass: string | null;
}

/** All given conditions hold. */
export interface PhotoFilter {
  readonly state?: PhotoState;
  /** One class, or null for photos without a label. */
  readonly classId?: ClassId | null;
  /** True: any label; false: none. */
  readonly labelled?: boolean;
}
