"""Who can write answers: one file each, all of the shape of `chat.provider.Provider`."""
