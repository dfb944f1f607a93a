/** One broken part never blanks the page: a boundary for each tab and each figure. */
import { Component, type ReactNode } from "react";
import { words } from "../words";

export class Boundary extends Component<{ children: ReactNode; fallback?: (error: Error, again: () => void) => ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  again = () => this.setState({ error: null });

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    if (this.props.fallback) return this.props.fallback(error, this.again);
    return (
      <div className="note bad" role="alert">
        <span className="grow">
          <b>{words.frame.failed}.</b> {words.frame.failedWhat} <code className="in">{error.message}</code>
        </span>
        <button type="button" className="btn s" onClick={this.again}>
          {words.frame.tryAgain}
        </button>
      </div>
    );
  }
}
