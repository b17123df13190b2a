"""Signs in, lists, uploads and makes a playlist with the client that a stock generator made of schemas/openapi.json.

Arguments: the service's address, a username, a password, an audio file.
"""

import sys
from pathlib import Path

from jonquil_client import AuthenticatedClient, Client
from jonquil_client.api.auth import log_in_with_json
from jonquil_client.api.playlists import add_playlist_tracks, create_playlist, get_playlist
from jonquil_client.api.tracks import get_track, list_tracks
from jonquil_client.api.upload import upload_file
from jonquil_client.models import (
    AddedTracks,
    Login,
    NewPlaylist,
    OpenPlaylist,
    PageTrack,
    Playlist,
    Problem,
    Tokens,
    Track,
    UploadFile,
)
from jonquil_client.types import File


def main(base: str, username: str, password: str, audio: Path) -> None:
    nobody = Client(base_url=base)
    wrong = log_in_with_json.sync(client=nobody, body=Login(username=username, password="not the password"))
    assert isinstance(wrong, Problem) and wrong.type_ == "/problems/wrong-credentials", wrong

    tokens = log_in_with_json.sync(client=nobody, body=Login(username=username, password=password))
    assert isinstance(tokens, Tokens), tokens
    me = AuthenticatedClient(base_url=base, token=tokens.access_token)

    with audio.open("rb") as content:
        form = UploadFile(file=File(payload=content, file_name=audio.name, mime_type="audio/wav"))
        track = upload_file.sync(client=me, body=form)
    assert isinstance(track, Track), track

    tracks = list_tracks.sync(client=me, limit=100)
    assert isinstance(tracks, PageTrack), tracks
    assert track.id in [one.id for one in tracks.items], tracks

    playlist = create_playlist.sync(client=me, body=NewPlaylist(title="Of a generated client"))
    assert isinstance(playlist, Playlist), playlist
    add_playlist_tracks.sync(client=me, playlist_id=playlist.id, body=AddedTracks(track_ids=[track.id]))
    grown = get_playlist.sync(client=me, playlist_id=playlist.id)
    assert isinstance(grown, OpenPlaylist) and grown.tracks_count == 1, grown

    absent = get_track.sync(client=me, track_id=playlist.id)
    assert isinstance(absent, Problem) and absent.status == 404, absent
    print(track.id, playlist.id)


main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
