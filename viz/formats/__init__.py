"""A picture written as SVG, DOT, Mermaid, text or JSON."""
