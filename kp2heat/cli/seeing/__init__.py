"""Commands that show: pictures, charts and a page."""
