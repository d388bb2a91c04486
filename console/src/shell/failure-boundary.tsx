import { Component, type ReactNode } from 'react'

type Props = { text: string; children: ReactNode }

/** Shows a sentence in place of a page that failed; the menu stays usable. */
export class FailureBoundary extends Component<Props, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true }
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children
    return (
      <p className="failure" role="alert">
        {this.props.text}
      </p>
    )
  }
}
