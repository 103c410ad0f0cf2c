/** Where a photo lies on the stage. Sizes are in CSS pixels; at `1:1` a pixel of the photo is a pixel of the screen. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What the stage lets its screen do. */
export interface StageControls {
  readonly zoom: boolean;
  readonly toggleZoom: () => void;
  /** False where there is nothing to move. */
  readonly pan: (by: Point) => boolean;
}

export interface Box extends Point, Size {}

/** Crops and thumbnails of 100 pixels are common in data sets, and nobody can judge one at that size. */
const MOST_ENLARGED = 3;

/** The whole photo in the middle of the stage; a small one is enlarged a little. */
export function fitted(photo: Size, stage: Size, pixelRatio: number): Box {
  const scale = Math.min(stage.width / photo.width, stage.height / photo.height, MOST_ENLARGED / pixelRatio);
  return centred(photo, stage, Math.max(scale, 0));
}

/** Looking closer is 1:1; a photo that is smaller than the stage fills it. */
export function closer(photo: Size, stage: Size, pixelRatio: number): number {
  return Math.max(1 / pixelRatio, Math.min(stage.width / photo.width, stage.height / photo.height));
}

/** Looked at closer, with the point `focus` (0..1 of the photo) in the middle of the stage as far as the edges allow. */
export function zoomed(photo: Size, stage: Size, pixelRatio: number, focus: Point): Box {
  const { width, height } = centred(photo, stage, closer(photo, stage, pixelRatio));
  return {
    width,
    height,
    x: placed(width, stage.width, focus.x),
    y: placed(height, stage.height, focus.y),
  };
}

/** The focus after the photo was dragged by `by` pixels; stays where the photo still covers the stage. */
export function panned(photo: Size, stage: Size, pixelRatio: number, focus: Point, by: Point): Point {
  const { width, height } = centred(photo, stage, closer(photo, stage, pixelRatio));
  return {
    x: kept(focus.x - by.x / width, width, stage.width),
    y: kept(focus.y - by.y / height, height, stage.height),
  };
}

function centred(photo: Size, stage: Size, scale: number): Box {
  const width = photo.width * scale;
  const height = photo.height * scale;
  return { width, height, x: (stage.width - width) / 2, y: (stage.height - height) / 2 };
}

function placed(length: number, room: number, focus: number): number {
  return length <= room ? (room - length) / 2 : room / 2 - kept(focus, length, room) * length;
}

function kept(focus: number, length: number, room: number): number {
  if (length <= room) return 0.5;
  const margin = room / 2 / length;
  return Math.min(Math.max(focus, margin), 1 - margin);
}
