/** One registry: a lab's name and its panels. What is not listed gets none and works. */
import { panel as chip } from "./chip";
import { panel as federated } from "./federated";
import { panel as optical } from "./optical";
import type { LabPanel } from "./panel";
import { panel as persona } from "./persona";
import { panel as spiking } from "./spiking";

const PANELS: Readonly<Record<string, LabPanel>> = { chip, federated, optical, persona, spiking };
const NONE: LabPanel = {};

export const panelOf = (lab: string): LabPanel => PANELS[lab] ?? NONE;
