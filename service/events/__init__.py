"""Take announcements from their queue to a broker, so that other systems can learn of them."""
