/** Where everything is. What a page shows (filter, columns, tab, preset) stands in its address. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, useRouterState } from "@tanstack/react-router";
import { Frame } from "./frame/Frame";
import { NotFound } from "./frame/NotFound";
import { patient } from "./frame/part";

type Search = Record<string, string>;

/** All of a page's search parameters are text, as they stand in the address. */
function asText(search: Record<string, unknown>): Search {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== "").map(([name, value]) => [name, String(value)]));
}

/** The terminal is a document of its own; everything else stands in the frame. */
function Root() {
  return useRouterState({ select: (state) => state.location.pathname }) === "/terminal" ? <Outlet /> : <Frame />;
}

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });
const page = { getParentRoute: () => root, validateSearch: asText } as const;

const runs = createRoute({ ...page, path: "/", component: lazyRouteComponent(patient(() => import("./pages/runs/Runs"))) });
const newRun = createRoute({ ...page, path: "/new", component: lazyRouteComponent(patient(() => import("./pages/new/New"))) });
const newOf = createRoute({ ...page, path: "/new/$lab", component: lazyRouteComponent(patient(() => import("./pages/new/New"))) });
const run = createRoute({ ...page, path: "/runs/$run", component: lazyRouteComponent(patient(() => import("./pages/run/Run"))) });
const runTab = createRoute({ ...page, path: "/runs/$run/$tab", component: lazyRouteComponent(patient(() => import("./pages/run/Run"))) });
const sweep = createRoute({ ...page, path: "/sweeps/$sweep", component: lazyRouteComponent(patient(() => import("./pages/run/Run"))) });
const sweepTab = createRoute({ ...page, path: "/sweeps/$sweep/$tab", component: lazyRouteComponent(patient(() => import("./pages/run/Run"))) });
const compare = createRoute({ ...page, path: "/compare", component: lazyRouteComponent(patient(() => import("./pages/compare/Compare"))) });
const labs = createRoute({ ...page, path: "/labs", component: lazyRouteComponent(patient(() => import("./pages/labs/Labs"))) });
const lab = createRoute({ ...page, path: "/labs/$lab", component: lazyRouteComponent(patient(() => import("./pages/labs/Lab"))) });
const terminal = createRoute({ ...page, path: "/terminal", component: lazyRouteComponent(patient(() => import("./pages/terminal/Terminal"))) });

export const router = createRouter({
  routeTree: root.addChildren([runs, newRun, newOf, run, runTab, sweep, sweepTab, compare, labs, lab, terminal]),
  defaultPreload: "intent",
  scrollRestoration: true,
  // Text stays text: `?q=10` is not the number 10, and a filter keeps its look in the address.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(asText(search)).toString();
    return text ? `?${text}` : "";
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
