"""Who a peer is, and what it may do: identities, shared secrets, policies, and their control."""
