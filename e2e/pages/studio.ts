/** A window as a person sees it: its frame and its screens. */
import type { Page } from '@playwright/test';
import { BackbonesScreen } from './backbones.ts';
import { Frame } from './frame.ts';
import { LabelScreen } from './label.ts';
import { LibraryScreen } from './library.ts';
import { PacksScreen } from './packs.ts';
import { ProjectsScreen } from './projects.ts';
import { RunScreen } from './run.ts';
import { SettingsScreen } from './settings.ts';
import { TrainScreen } from './train.ts';

export class Studio {
  readonly page: Page;
  readonly frame: Frame;
  readonly projects: ProjectsScreen;
  readonly library: LibraryScreen;
  readonly label: LabelScreen;
  readonly train: TrainScreen;
  readonly run: RunScreen;
  readonly packs: PacksScreen;
  readonly backbones: BackbonesScreen;
  readonly settings: SettingsScreen;

  constructor(page: Page) {
    this.page = page;
    this.frame = new Frame(page);
    this.projects = new ProjectsScreen(page);
    this.library = new LibraryScreen(page);
    this.label = new LabelScreen(page);
    this.train = new TrainScreen(page);
    this.run = new RunScreen(page);
    this.packs = new PacksScreen(page);
    this.backbones = new BackbonesScreen(page);
    this.settings = new SettingsScreen(page);
  }
}
