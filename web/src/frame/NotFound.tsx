import { Link, useRouterState } from "@tanstack/react-router";
import { words } from "../words";

export function NotFound() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <main id="main" className="page" tabIndex={-1}>
      <div className="empty">
        <h1>{words.frame.notFound}</h1>
        <p>{words.frame.notFoundWhat(path)}</p>
        <p>
          <Link to="/" className="btn">
            {words.frame.toRuns}
          </Link>
        </p>
      </div>
    </main>
  );
}
