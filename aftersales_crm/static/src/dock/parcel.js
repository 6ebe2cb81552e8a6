let lastKey = 0;

/**
 * What lies on the table: the goods that a return announces, counted one by one, and what nobody
 * announced. Knows nothing of the screen or the server.
 *
 * A card is some units of one line that were found alike: same serial, condition and fate.
 */
export class Parcel {
    constructor(rma, token) {
        this.rma = rma;
        this.token = token;
        this.cards = rma.lines.map((line) => this.makeCard(line));
        this.active = this.cards[0];
    }

    makeCard(line, values = {}) {
        return {
            key: ++lastKey,
            line,
            product: line.product,
            image: line.image,
            quantity: 0,
            lot: line.lot || false,
            condition: false,
            accepted: true,
            disposition: line.disposition,
            note: "",
            photos: [],
            ...values,
        };
    }

    // --- Questions ---

    get isOpen() {
        return this.rma.mode !== "closed";
    }

    get counted() {
        return this.cards.reduce((total, card) => total + card.quantity, 0);
    }

    /** Units of a line on the table. */
    countedOf(line) {
        return this.cards.reduce((total, card) => total + (card.line === line ? card.quantity : 0), 0);
    }

    /** Lines of which fewer units are here than the return announces. */
    get missing() {
        return this.lines.filter((line) => this.countedOf(line) < line.open);
    }

    get lines() {
        return this.isOpen ? this.rma.lines.filter((line) => line.open > 0) : [];
    }

    isExtra(card) {
        return card.line && this.isOpen && this.countedOf(card.line) > card.line.open;
    }

    /** Cards whose serial number is not known yet. */
    get nameless() {
        return this.cards.filter((card) => card.quantity && card.line?.tracking !== "none" && card.line && !card.lot);
    }

    // --- Counting ---

    /**
     * Count what was scanned, if it belongs to the return.
     *
     * @returns {"counted"|"again"|"serial"|false} counted; serial counted before; which serial?; unknown
     */
    scan(code) {
        for (const line of this.lines) {
            const lot = line.lots.find((each) => each.name === code);
            if (lot) {
                return this.countLot(line, lot);
            }
        }
        const line = this.lineOf(code);
        if (line) {
            return this.countProduct(line, line.codes[code]);
        }
        const item = this.cards.find((card) => !card.line && card.codes?.[code]);
        if (item) {
            this.add(item, item.codes[code]);
            return "counted";
        }
        return false;
    }

    /** The line that a product's code stands for: one that still lacks units, if there is any. */
    lineOf(code) {
        const lines = this.lines.filter((line) => line.codes[code]);
        return lines.find((line) => this.countedOf(line) < line.open) || lines[0];
    }

    countLot(line, lot) {
        const cards = this.cards.filter((card) => card.line === line);
        const known = cards.find((card) => card.lot?.id === lot.id && card.quantity);
        if (known && line.tracking === "serial") {
            this.active = known;
            return "again";
        }
        let card = known || cards.find((each) => !each.quantity);
        if (!card) {
            card = this.insert(this.makeCard(line), cards.at(-1));
        }
        card.lot = lot;
        this.add(card, 1);
        return "counted";
    }

    countProduct(line, quantity) {
        const cards = this.cards.filter((card) => card.line === line);
        if (line.tracking === "serial" && (!line.lot || cards[0].quantity)) {
            this.active = cards[0];
            return "serial";
        }
        this.add(cards.includes(this.active) ? this.active : cards[0], quantity);
        return "counted";
    }

    /** Another serial number than any that was announced, of a product that was. */
    countOtherLot(product) {
        const line = this.lines.find((each) => each.product_id === product.product_id);
        return line && product.lot ? this.countLot(line, product.lot) : false;
    }

    add(card, quantity) {
        card.quantity = Math.max(card.quantity + quantity, 0);
        this.active = card;
    }

    /** Everything is as announced. */
    fill() {
        for (const line of this.lines) {
            const rest = line.open - this.countedOf(line);
            const card = this.cards.find((each) => each.line === line);
            if (rest > 0) {
                card.quantity += rest;
            }
        }
        const nameless = this.nameless[0];
        this.active = nameless || this.active;
        return !nameless;
    }

    /** One unit of a card differs from the others. */
    split(card) {
        card.quantity -= 1;
        const other = { ...card, key: ++lastKey, quantity: 1, photos: [], note: "" };
        this.active = this.insert(other, card);
    }

    insert(card, after) {
        this.cards.splice(this.cards.indexOf(after) + 1, 0, card);
        return this.cards[this.cards.indexOf(after) + 1];
    }

    /** Something that the return does not tell of. */
    addUnannounced(values) {
        const blank = { line: false, quantity: 1, condition: false, note: "", name: "", photos: [] };
        this.cards.push({ ...blank, ...values, key: ++lastKey });
        this.active = this.cards.at(-1);
    }

    remove(card) {
        this.cards.splice(this.cards.indexOf(card), 1);
        this.active = this.cards[0];
    }

    // --- Going on after a reload ---

    /** What is counted so far, as plain data; false while nothing is. */
    get draft() {
        if (!this.counted) {
            return false;
        }
        return {
            rma_id: this.rma.id,
            token: this.token,
            awaited: this.awaited,
            cards: this.cards.map((card) => ({ ...card, line: card.line && card.line.id })),
        };
    }

    /** What the return looked like when it was counted. */
    get awaited() {
        return this.rma.lines.map((line) => `${line.id}:${line.open}`).join();
    }

    /** Take the counts of a draft over, unless something of the return has been received since. */
    restore({ rma_id, token, awaited, cards }) {
        if (rma_id !== this.rma.id || awaited !== this.awaited) {
            return false;
        }
        this.token = token;
        const lineOf = (id) => id && this.rma.lines.find((line) => line.id === id);
        this.cards = cards.map((card) => ({ ...card, key: ++lastKey, line: lineOf(card.line) }));
        this.active = this.cards[0];
        return true;
    }

    // --- Sending ---

    /** What `aftersales.dock.confirm` takes. */
    get params() {
        const here = this.cards.filter((card) => card.quantity > 0);
        return {
            rma_id: this.rma.id,
            token: this.token,
            entries: here.filter((card) => card.line).map((card) => this.entry(card)),
            unannounced: here.filter((card) => !card.line).map((card) => this.item(card)),
        };
    }

    entry(card) {
        return {
            ...this.found(card),
            line_id: card.line.id,
            lot_id: card.lot ? card.lot.id : false,
            accepted: card.accepted,
            disposition_id: card.accepted ? card.disposition : false,
        };
    }

    item(card) {
        return { ...this.found(card), product_id: card.product_id || false, name: card.name || false };
    }

    found(card) {
        return {
            quantity: card.quantity,
            condition: card.condition,
            note: card.note || false,
            photos: card.photos.map(({ name, data }) => ({ name, data })),
        };
    }
}
